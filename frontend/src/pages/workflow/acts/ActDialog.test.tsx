import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keys } from "../../../api/queries";
import { ActDialog } from "./ActDialog";

const target = { workflowId: "order-1", runId: "r-1", status: "RUNNING" };

beforeEach(() => {
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ["terminate", "Terminate"],
  ["cancel", "Ask it to stop"],
  ["signal", "Send signal"],
] as const)("%s is not offered any more once the run has ended", async (name, button) => {
  const client = new QueryClient();
  const key = keys.workflow("order-1", "r-1");
  client.setQueryData(key, { ...target });
  render(
    <QueryClientProvider client={client}>
      <ActDialog act={name} target={target} onClose={() => {}} />
    </QueryClientProvider>,
  );
  const pressed = () => screen.getByRole<HTMLButtonElement>("button", { name: new RegExp(`^${button}`) });
  expect(pressed().disabled).toBe(false);
  act(() => client.setQueryData(key, { ...target, status: "COMPLETED" }));
  expect((await screen.findByRole("alert")).textContent).toBe(
    `This run of order-1 has ended meanwhile (completed): there is nothing left to ${name}.`,
  );
  expect(pressed().disabled).toBe(true);
});
