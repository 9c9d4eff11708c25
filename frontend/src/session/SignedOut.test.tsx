import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeQueryClient } from "../api/client";
import { meQuery } from "../api/queries";
import { SignedOut } from "./SignedOut";
import { setEnded } from "./session";

const ME = { kind: "user", name: "ada", actions: ["read"] };

function answers(status: number, body: unknown) {
  const headers = { "Content-Type": "application/json" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status, headers }));
}

function page(leadToLogin: () => void = vi.fn()) {
  const client = makeQueryClient(leadToLogin);
  render(
    <QueryClientProvider client={client}>
      <SignedOut />
      <input aria-label="Payload" defaultValue="half typed" />
    </QueryClientProvider>,
  );
  return client;
}

afterEach(() => {
  cleanup();
  act(() => setEnded(false));
  vi.unstubAllGlobals();
});

describe("a session that ends", () => {
  it("is told beside what was typed, with a login apart", async () => {
    const leadToLogin = vi.fn();
    const client = page(leadToLogin);
    answers(200, ME);
    await client.fetchQuery({ ...meQuery, staleTime: 0 });
    answers(401, { detail: "no" });
    await expect(client.fetchQuery({ ...meQuery, staleTime: 0 })).rejects.toThrow();
    expect((await screen.findByRole("alert")).textContent).toContain("You are signed out.");
    const link = await screen.findByRole("link", { name: /Log in/ });
    expect(link.getAttribute("href")).toBe("/login?next=%2F");
    expect(link.getAttribute("target")).toBe("_blank");
    expect((screen.getByLabelText("Payload") as HTMLInputElement).value).toBe("half typed");
    expect(leadToLogin).not.toHaveBeenCalled();
  });

  it("is over when the reader comes back logged in", async () => {
    const client = page();
    client.setQueryData(meQuery.queryKey, ME as never);
    answers(401, { detail: "no" });
    await expect(client.fetchQuery({ ...meQuery, staleTime: 0 })).rejects.toThrow();
    await screen.findByRole("link", { name: /Log in/ });
    answers(200, ME);
    window.dispatchEvent(new Event("focus"));
    await waitFor(() => expect(screen.queryByRole("link")).toBeNull());
  });

  it("leads to the login where there was none yet", async () => {
    const leadToLogin = vi.fn();
    const client = page(leadToLogin);
    answers(401, { detail: "no" });
    await expect(client.fetchQuery(meQuery)).rejects.toThrow();
    expect(leadToLogin).toHaveBeenCalledOnce();
    expect(screen.queryByRole("link")).toBeNull();
  });
});
