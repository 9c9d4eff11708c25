import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { CopyId } from "./CopyId";
import { Page } from "./Page";

it("headings and ids show what would not be seen", () => {
  render(
    <Page title={"\u202eeuq"}>
      <CopyId id={"a\u2066b"} what="id" />
    </Page>,
  );
  expect(screen.getByRole("heading").textContent).toBe("\\u202eeuq");
  expect(document.title).toBe("\\u202eeuq · sched");
  expect(screen.getByTitle("a\\u2066b").textContent).toBe("a\\u2066b");
});
