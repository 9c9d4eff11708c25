import { describe, expect, it } from "vitest";
import { worthAnotherTry } from "./client";
import { ApiError } from "./http";

const refusal = (status: number) => new ApiError(status, { detail: "no" });

describe("another try", () => {
  it("is made where nobody answered or the server was in trouble", () => {
    expect([0, 429, 500, 503].map((status) => worthAnotherTry(0, refusal(status)))).toEqual(
      Array(4).fill(true),
    );
  });

  it("is not made where the answer would be the same", () => {
    expect([400, 401, 403, 404, 409].some((status) => worthAnotherTry(0, refusal(status)))).toBe(false);
  });

  it("is given up after three", () => {
    expect(worthAnotherTry(3, refusal(503))).toBe(false);
  });
});
