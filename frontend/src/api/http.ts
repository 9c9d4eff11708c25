/** Calls of the REST API: JSON in and out, problem details as errors.
 *
 * Answers are read by `json.ts`: numbers in payloads stay as they were written. Nothing here knows a path; `queries.ts` and the
 * pages do.
 */
import { stringify } from "lossless-json";
import { readJson } from "./json";
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** A refusal of the API, or an answer that is none (`status` 0: nobody answered). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem> & { detail: string },
  ) {
    super(problem.detail);
    this.name = "ApiError";
  }

  /** The rule that a field of the request broke, to be shown beside it. */
  ruleOf(field: string): string | undefined {
    return this.problem.errors?.find((error) => error.field === field)?.rule;
  }
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface Options {
  query?: Query;
  /** Any JSON value; `undefined` sends no body. */
  body?: unknown;
  /** The body as text that is JSON already, sent byte for byte. */
  text?: string;
  /** Why, for the audit. */
  reason?: string;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export async function call<T>(method: "GET" | "POST", path: string, options: Options = {}): Promise<T> {
  const text = await callText(method, path, options);
  return (text ? readJson(text) : null) as T;
}

/** The answer as it stands, for those who cut it up themselves. */
export async function callText(method: "GET" | "POST", path: string, options: Options = {}): Promise<string> {
  const request: RequestInit = { method, headers: headersOf(method, options), credentials: "same-origin" };
  const body = options.text ?? (options.body === undefined ? undefined : stringify(options.body));
  if (body !== undefined) request.body = body;
  if (options.signal) request.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(url(path, options.query), request);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { detail: "The server does not answer." });
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, problemOf(response, text));
  return text;
}

export function url(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/${path}${search && `?${search}`}`;
}

function headersOf(method: string, options: Options): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined || options.text !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  if (options.reason) headers["X-Reason"] = options.reason;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  return headers;
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function problemOf(response: Response, text: string): Partial<Problem> & { detail: string } {
  const isProblem = response.headers.get("Content-Type")?.includes("json");
  if (isProblem) {
    try {
      const problem = JSON.parse(text) as Partial<Problem>;
      return { ...problem, detail: problem.detail || problem.title || `HTTP ${response.status}` };
    } catch {
      // told below, as any other answer that is none
    }
  }
  return { detail: `The server answered ${response.status} ${response.statusText}`.trimEnd() };
}
