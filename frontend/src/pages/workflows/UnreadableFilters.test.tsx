import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { UnreadableFilters } from "./UnreadableFilters";

it("names the filter, its value and the rule, and clears", async () => {
  const onClear = vi.fn();
  const unreadable = [{ name: "status", value: "FAILD\u202e", rule: "must be one of RUNNING, FAILED" }];
  render(<UnreadableFilters unreadable={unreadable} onClear={onClear} />);
  const alert = screen.getByRole("alert");
  expect(alert.textContent).toContain('status "FAILD\\u202e" must be one of RUNNING, FAILED.');
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(onClear).toHaveBeenCalledOnce();
});
