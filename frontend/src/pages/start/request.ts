/** What the start form asks of the API. Payloads stay text, sent byte for byte as they were written. Pure. */
import { faultOf } from "../../design/jsonText";
import { quoted } from "../../design/visible";

export interface Draft {
  workflowName: string;
  workflowId: string;
  taskQueue: string;
  /** JSON text, or nothing. */
  input: string;
  timeout: string;
  timeoutUnit: Unit;
  memo: string;
  searchAttributes: string;
  workflowIdReusePolicy: string;
  workflowIdConflictPolicy: string;
}

export const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;

export const BLANK: Draft = {
  workflowName: "",
  workflowId: "",
  taskQueue: "",
  input: "",
  timeout: "",
  timeoutUnit: "minutes",
  memo: "",
  searchAttributes: "",
  workflowIdReusePolicy: "",
  workflowIdConflictPolicy: "",
};

/** Those that a link to the form may fill in. */
export function draftOf(search: Record<string, string | undefined>): Draft {
  const given = Object.entries(search).filter(([name, value]) => name in BLANK && value);
  const draft: Draft = { ...BLANK, ...Object.fromEntries(given) };
  return draft.timeoutUnit in UNITS ? draft : { ...draft, timeoutUnit: BLANK.timeoutUnit };
}

export type Faults = Partial<Record<keyof Draft, string>>;

const IDENTIFIER = /^[A-Za-z0-9._:@+-]{1,200}$/;
const ID_RULE = "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -";
const RESERVED = new Set([".", "..", "counts"]);

/** What the API would refuse, known before it is asked: each quotes the value and names the rule. */
export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  if (!IDENTIFIER.test(draft.workflowName.trim())) faults.workflowName = told(draft.workflowName, ID_RULE);
  for (const name of ["workflowId", "taskQueue"] as const)
    if (draft[name].trim() && !IDENTIFIER.test(draft[name].trim())) faults[name] = told(draft[name], ID_RULE);
  if (RESERVED.has(draft.workflowId.trim()))
    faults.workflowId = told(draft.workflowId, "must be none of . .. counts, which URLs read otherwise");
  if (draft.timeout.trim() && !(seconds(draft) > 0 && Number.isFinite(seconds(draft))))
    faults.timeout = told(draft.timeout, "must be a number greater than 0, as 90 or 1.5");
  for (const name of ["input", "memo", "searchAttributes"] as const) {
    const fault = draft[name].trim() && faultOf(draft[name]);
    if (fault)
      faults[name] =
        `Line ${fault.line}, column ${fault.column}: ${fault.rule}, in ${quoted(lineOf(draft[name], fault.line))}`;
  }
  for (const name of ["memo", "searchAttributes"] as const)
    if (!faults[name] && draft[name].trim() && !draft[name].trim().startsWith("{"))
      faults[name] = told(draft[name], 'must be an object, such as {"customer": "4711"}');
  return faults;
}

/** What is wrong with a value; of one that is missing there is nothing to quote. */
export function told(value: string, rule: string): string {
  return value.trim() ? `${quoted(value.trim())} ${rule}` : rule;
}

function lineOf(text: string, line: number): string {
  return text.split("\n")[line - 1]?.trim() ?? "";
}

/** The body, with what was left empty left out. */
export function bodyOf(draft: Draft): string {
  const members = [
    ...TEXTS.filter((name) => draft[name].trim()).map((name) =>
      member(name, JSON.stringify(draft[name].trim())),
    ),
    ...PAYLOADS.filter((name) => draft[name].trim()).map((name) => member(name, draft[name].trim())),
  ];
  if (draft.timeout.trim()) members.push(member("executionTimeoutSeconds", String(seconds(draft))));
  return `{${members.join()}}`;
}

/** No comma, which is a thousand to some and a decimal to others; no other base. */
const DECIMAL = /^\d+(\.\d+)?$/;

const TEXTS = [
  "workflowName",
  "workflowId",
  "taskQueue",
  "workflowIdReusePolicy",
  "workflowIdConflictPolicy",
] as const;
const PAYLOADS = ["input", "memo", "searchAttributes"] as const;

function member(name: string, text: string): string {
  return `${JSON.stringify(name)}:${text}`;
}

function seconds(draft: Draft): number {
  return (DECIMAL.test(draft.timeout.trim()) ? Number(draft.timeout) : Number.NaN) * UNITS[draft.timeoutUnit];
}
