"""The feed: which executions have changed, told from those who commit to those who show.

```
 engine: commit ─► Outgoing ── at most every 50 ms, only where somebody listens ──►┐
 inline writer: its transaction's commit ─────────────────────────────────────────►├─► Receiving ─► open pages
                     ▲                                                             │
                     └──────── lease: "somebody listens", every two seconds ◄──────┘
```

* It carries names and statuses, never payloads: who may read which payloads is settled where they are shown.
* It may lose everything; that costs freshness, never data. A loss is noticed and told as a *gap*, after which whoever
  shows something reads it anew: by the receiver, when its connection is made (again); by the sender, when it begins to
  be listened to, could not send, or had more to tell than it may.
* While nobody listens a commit costs a look at a boolean. A lease that is not renewed runs out.

Three ways, by what the processes share: memory (`memory`), Redis (`redis`), or PostgreSQL alone (`notify`).
"""
