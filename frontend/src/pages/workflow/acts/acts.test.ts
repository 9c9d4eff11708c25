import { afterEach, describe, expect, it, vi } from "vitest";
import { actsFor, isName, newKey, perform } from "./acts";

const target = { workflowId: "a:1", runId: "r-1", status: "RUNNING" };
const all = () => true;

describe("actsFor", () => {
  it("offers what the state permits", () => {
    const names = (status: string | null) => actsFor(status, all).map((act) => act.name);
    expect(names("RUNNING")).toEqual(["signal", "cancel", "terminate"]);
    expect(names("FAILED")).toEqual(["retry"]);
    expect(names(null)).toEqual([]);
  });

  it("offers nothing that the caller may not do", () => {
    expect(actsFor("RUNNING", (action) => action === "cancel").map((act) => act.name)).toEqual(["cancel"]);
    expect(actsFor("FAILED", () => false)).toEqual([]);
  });
});

describe("perform", () => {
  afterEach(() => vi.unstubAllGlobals());

  async function sent(...given: Parameters<typeof perform>) {
    const fetched = vi.fn(async () => new Response("{}", { status: 202 }));
    vi.stubGlobal("fetch", fetched);
    await perform(...given);
    const [url, request] = fetched.mock.calls[0] as unknown as [string, RequestInit];
    return { url, body: request.body, headers: request.headers as Record<string, string> };
  }

  it("sends a signal's payload byte for byte, to the run that is looked at", async () => {
    const payload = ' {"n": 12345678901234567890, "x": 1.10} ';
    const { url, body, headers } = await sent(
      "signal",
      target,
      { signalName: "go", payload, reason: "why" },
      "k",
    );
    expect(url).toBe("/api/workflows/a%3A1/signal?runId=r-1");
    expect(body).toBe('{"name":"go","payload":{"n": 12345678901234567890, "x": 1.10}}');
    expect(headers).toMatchObject({ "Idempotency-Key": "k", "X-Reason": "why" });
  });

  it("sends no payload where none was written", async () => {
    expect((await sent("signal", target, { signalName: "go", payload: "  " }, "k")).body).toBe(
      '{"name":"go"}',
    );
  });

  it("sends the reason of a cancellation whole, in the body", async () => {
    const { body, headers } = await sent("cancel", target, { reason: " späte Bestellung " }, "k");
    expect(body).toBe('{"reason":"späte Bestellung"}');
    expect(headers["X-Reason"]).toBeUndefined();
  });

  it.each(["cancel", "terminate", "retry"] as const)(
    "sends a body with %s where no reason is given",
    async (act) => {
      expect((await sent(act, target, { reason: " " }, "k")).body).toBe("{}");
    },
  );

  it("sends the reason of a retry as a header, in ASCII", async () => {
    const { body, headers } = await sent(
      "retry",
      { ...target, status: "FAILED" },
      { reason: "später\nnoch – mal" },
      "k",
    );
    expect(body).toBe("{}");
    expect(headers["Content-Type"]).toBe("application/json");
    expect(headers["X-Reason"]).toMatch(/^spa\??ter noch \? mal$/);
  });
});

describe("names and keys", () => {
  it("are what the server takes", () => {
    expect([isName("a.b-c:1@x+_"), isName(""), isName("a b"), isName("x".repeat(201))]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(isName(newKey())).toBe(true);
    expect(newKey()).not.toBe(newKey());
  });
});
