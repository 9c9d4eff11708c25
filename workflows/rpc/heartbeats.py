"""Heartbeats and renewals of a batch, each kind in one statement."""

from collections.abc import Sequence

from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.codec.values import payload_of
from workflows.core.keys import TaskKey
from workflows.rpc.tokens import BadToken, Tokens
from workflows.service import limits
from workflows.service.desk import Desk


async def heartbeat_replies(
    desk: Desk, beats: Sequence[pb.ActivityHeartbeat], tokens: Tokens
) -> list[pb.ActivityHeartbeatReply]:
    """Record and renew; one reply for each that has something to say: cancel requested, or lost."""
    shown: list[tuple[pb.ActivityHeartbeat, TaskKey, int]] = []
    replies: list[pb.ActivityHeartbeatReply] = []
    for beat in beats:
        try:
            key, delivery = tokens.read(beat.token)
        except BadToken:
            replies.append(pb.ActivityHeartbeatReply(token=beat.token, lost=True))
        else:
            shown.append((beat, key, delivery))
    replies += await _renewed(desk, [each for each in shown if each[0].renew_only])
    replies += await _recorded(desk, [each for each in shown if not each[0].renew_only])
    return replies


type Shown = Sequence[tuple[pb.ActivityHeartbeat, TaskKey, int]]


async def _renewed(desk: Desk, shown: Shown) -> list[pb.ActivityHeartbeatReply]:
    if not shown:
        return []
    lost = await desk.renew([(key, delivery) for _, key, delivery in shown])
    return [
        pb.ActivityHeartbeatReply(token=beat.token, lost=(key, delivery) in lost)
        for beat, key, delivery in shown
    ]


async def _recorded(desk: Desk, shown: Shown) -> list[pb.ActivityHeartbeatReply]:
    if not shown:
        return []
    beats = [(key, delivery, _details(beat)) for beat, key, delivery in shown]
    answers = await desk.heartbeats(beats)
    return [
        pb.ActivityHeartbeatReply(
            token=beat.token, cancel_requested=answer.cancel_requested, lost=not answer.held
        )
        for (beat, _, _), answer in zip(shown, answers, strict=True)
    ]


def _details(beat: pb.ActivityHeartbeat) -> bytes | None:
    """None keeps the details of the last beat. So do some that break a rule: a stream has no way to refuse them."""
    if not beat.HasField("details") or limits.payload_error("details", payload_of(beat.details)):
        return None
    return beat.details.SerializeToString()
