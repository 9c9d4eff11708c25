import { describe, expect, it } from "vitest";
import { fitting, isIdPrefix, pageCommands } from "./commands";

const all = pageCommands(() => true);
const names = (typed: string) => fitting(all, typed).map((command) => command.name);

describe("what the palette offers", () => {
  it("is all of it while nothing is typed", () => expect(names(" ")).toHaveLength(all.length));

  it("is what has words that begin so, in any order", () => {
    expect(names("q ta")).toEqual(["Task queues"]);
    expect(names("work")).toEqual(["Workflows", "Workers", "Start a workflow"]);
    expect(names("nothing")).toEqual([]);
  });

  it("leaves out what the reader may not do", () => {
    const viewer = pageCommands((action) => action === "read").map((command) => command.name);
    expect(viewer).not.toContain("Start a workflow");
    expect(viewer).not.toContain("Audit");
    expect(viewer).toContain("Workflows");
  });

  it("asks the API only for what may be an id", () => {
    expect(isIdPrefix("order-4711")).toBe(true);
    expect(isIdPrefix("order 4711")).toBe(false);
    expect(isIdPrefix("")).toBe(false);
  });
});
