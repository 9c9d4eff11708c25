import { describe, expect, it } from "vitest";
import { BLANK, bodyOf, draftOf, faultsOf } from "./request";

const draft = (more = {}) => ({ ...BLANK, workflowName: "HelloWorld", ...more });

describe("the request", () => {
  it("has what was filled in, and nothing else", () => {
    expect(bodyOf(draft({ workflowId: " order-1 " }))).toBe(
      '{"workflowName":"HelloWorld","workflowId":"order-1"}',
    );
  });

  it("carries payloads as they were written", () => {
    expect(bodyOf(draft({ input: '{"n": 12345678901234567890, "x": 1.50}' }))).toBe(
      '{"workflowName":"HelloWorld","input":{"n": 12345678901234567890, "x": 1.50}}',
    );
  });

  it("counts the timeout in seconds", () => {
    expect(bodyOf(draft({ timeout: "1.5", timeoutUnit: "hours" }))).toContain(
      '"executionTimeoutSeconds":5400',
    );
  });
});

describe("faults", () => {
  it("are none in a form that is filled in well", () => {
    expect(faultsOf(draft({ input: "null", memo: '{"a":1}', timeout: "5" }))).toEqual({});
  });

  it("name each field that the API would refuse", () => {
    const faults = faultsOf(
      draft({
        workflowName: "",
        workflowId: "counts",
        taskQueue: "a b",
        input: "{\n oops",
        timeout: "0",
        memo: "[]",
      }),
    );
    expect(Object.keys(faults).sort()).toEqual([
      "input",
      "memo",
      "taskQueue",
      "timeout",
      "workflowId",
      "workflowName",
    ]);
    expect(faults.input).toMatch(/^Line 2, column 2/);
  });
});

describe("a fault", () => {
  it.each(["1e400", "-1", "soon", "Infinity", "1,500", "0x10", "0"])(
    "of the timeout %s quotes it and names the rule",
    (timeout) => {
      expect(faultsOf(draft({ timeout })).timeout).toBe(
        `"${timeout}" must be a number greater than 0, as 90 or 1.5`,
      );
    },
  );

  it("of what is finite until it is counted in seconds is one, too", () => {
    expect(faultsOf(draft({ timeout: "1e308", timeoutUnit: "days" })).timeout).toMatch(/^"1e308" must be/);
  });

  it("quotes what was written, and shows what would not be seen of it", () => {
    const faults = faultsOf(draft({ taskQueue: "a\u202eb", memo: "[]", input: "{\n oops" }));
    expect(faults.taskQueue).toMatch(/^"a\\u202eb" must be 1 to 200 characters/);
    expect(faults.memo).toMatch(/^"\[\]" must be an object/);
    expect(faults.input).toMatch(/in "oops"$/);
  });
});

describe("a link to the form", () => {
  it("fills in what it names, and nothing that is no field", () => {
    expect(draftOf({ workflowName: "A", input: "1", evil: "x", timeoutUnit: "years" })).toEqual({
      ...BLANK,
      workflowName: "A",
      input: "1",
    });
  });
});
