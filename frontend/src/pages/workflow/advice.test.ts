// @vitest-environment node
import { describe, expect, it } from "vitest";
import { adviceFor } from "./advice";

describe("adviceFor", () => {
  it("says what a problem means and what to do, and keeps what the worker said", () => {
    const { what, advice, said } = adviceFor("NON_DETERMINISTIC: turn 3: expected Charge: got Ship");
    expect(what).toContain("code has changed");
    expect(advice).toContain("Deploy");
    expect(said).toBe("turn 3: expected Charge: got Ship");
  });

  it("takes a problem of which only the kind is shown", () => {
    expect(adviceFor("WORKER_LOST").said).toBe("");
  });

  it("shows what it does not know as it is", () => {
    expect(adviceFor("something new: 7").said).toBe("something new: 7");
  });
});
