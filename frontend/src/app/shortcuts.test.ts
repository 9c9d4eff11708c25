import { describe, expect, it } from "vitest";
import { Shortcuts } from "./shortcuts";

const key = (name: string, more = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

describe("keys of every page", () => {
  it("go to a page after g", () => {
    const keys = new Shortcuts();
    expect(keys.press(key("g"), false, 0)).toBeUndefined();
    expect(keys.press(key("w"), false, 500)).toEqual({ go: "/workflows" });
    expect(keys.press(key("w"), false, 600)).toBeUndefined();
  });

  it("forget a g that nothing followed", () => {
    const keys = new Shortcuts();
    keys.press(key("g"), false, 0);
    expect(keys.press(key("w"), false, 1_500)).toBeUndefined();
  });

  it("leave the keys of fields alone, but for the palette's", () => {
    const keys = new Shortcuts();
    expect(keys.press(key("?"), true, 0)).toBeUndefined();
    expect(keys.press(key("k", { ctrlKey: true }), true, 0)).toEqual({ open: "palette" });
    expect(keys.press(key("K", { metaKey: true }), false, 0)).toEqual({ open: "palette" });
  });

  it("leave the browser's own alone", () => {
    expect(new Shortcuts().press(key("?", { altKey: true }), false, 0)).toBeUndefined();
  });
});
