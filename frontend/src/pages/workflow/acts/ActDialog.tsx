/** The dialog of an act: what it will do in plain words, the fields it needs, a reason for the audit, and the button that does it.
 *
 * One key per what was written: pressing twice, or again after the server did not answer, does it once.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ApiError } from "../../../api/http";
import { workflowQuery } from "../../../api/queries";
import type { Retried, Steered } from "../../../api/types";
import { Button } from "../../../design/Button";
import { Dialog } from "../../../design/Dialog";
import { TextField } from "../../../design/Field";
import { JsonField } from "../../../design/JsonField";
import { faultOf } from "../../../design/jsonText";
import { toast } from "../../../design/toasts";
import { visible } from "../../../design/visible";
import styles from "./ActDialog.module.css";
import {
  type ActName,
  endedMeanwhile,
  type Given,
  isName,
  NAME_RULE,
  newKey,
  perform,
  type Target,
} from "./acts";
import { CONSEQUENCES, TITLES, toldOf } from "./words";

interface Props {
  act: ActName;
  target: Target;
  /** Signal names that the run waits for, to choose from. */
  awaited?: readonly string[];
  onClose(): void;
  /** After it was done; of a retry with the new run. */
  onDone?(done: Steered | Retried): void;
}

export function ActDialog({ act, target, awaited = [], onClose, onDone }: Props) {
  const queries = useQueryClient();
  const [given, setGiven] = useState<Given>({ signalName: awaited[0] ?? "", payload: "", reason: "" });
  const [typed, setTyped] = useState("");
  const [wasPressed, setPressed] = useState(false);
  const keys = useRef(new Map<string, string>());
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => perform(act, target, given, keyOf(keys.current, given)),
    onSuccess: (done) => {
      const { tone, title, detail } = toldOf(act, target, done);
      toast(tone, title, detail);
      void queries.invalidateQueries({ queryKey: ["workflow", target.workflowId] });
      void queries.invalidateQueries({ queryKey: ["pending", target.workflowId] });
      onDone?.(done);
      onClose();
    },
  });
  const isOver = useEnded(act, target);
  // By this very act, perhaps: the answer says so.
  const ended = isPending ? undefined : isOver;
  const refusal = error instanceof ApiError ? error : undefined;
  const fault = wasPressed ? faultIn(act, target, given, typed) : undefined;
  const submit = () => {
    setPressed(true);
    if (!ended && !faultIn(act, target, given, typed)) mutate();
  };
  const put = (some: Given) => setGiven({ ...given, ...some });
  const { title, button } = TITLES[act];
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button look="ghost" onClick={onClose}>
            {act === "cancel" ? "Leave it running" : "Back"}
          </Button>
          <Button
            type="submit"
            look={act === "terminate" ? "danger" : "solid"}
            busy={isPending}
            disabled={ended !== undefined}
          >
            {button}
          </Button>
        </>
      }
    >
      <p className={styles.target}>
        <code>{visible(target.workflowId)}</code>
      </p>
      {ended && (
        <p className={styles.refusal} role="alert">
          {ended}
        </p>
      )}
      <Consequences act={act} target={target} />
      {act === "signal" && (
        <SignalFields given={given} put={put} awaited={awaited} fault={fault} refusal={refusal} />
      )}
      {act === "terminate" && (
        <TextField
          label="Type the workflow id to confirm"
          mono
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={fault?.typed}
        />
      )}
      <TextField
        label="Reason"
        optional
        hint="Kept in the audit, for whoever asks later."
        maxLength={2_000}
        value={given.reason}
        onChange={(event) => put({ reason: event.target.value })}
        error={refusal?.ruleOf("reason") ?? refusal?.ruleOf("X-Reason")}
      />
      {refusal && (
        <p className={styles.refusal} role="alert">
          {visible(refusal.message)}
        </p>
      )}
    </Dialog>
  );
}

/** How often a page that does not look itself is told here that its run has ended. */
const LOOK_MS = 2_000;

/** What is asked may have become pointless while somebody wrote the reason. */
function useEnded(act: ActName, target: Target): string | undefined {
  const { data } = useQuery({
    ...workflowQuery(target.workflowId, target.runId),
    enabled: act !== "retry" && target.status !== null,
    refetchInterval: LOOK_MS,
  });
  return endedMeanwhile(act, target, data?.status ?? target.status);
}

function Consequences({ act, target }: { act: ActName; target: Target }) {
  return (
    <ul className={styles.consequences}>
      {CONSEQUENCES[act].map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
      {act === "cancel" && target.cancelRequested && (
        <li>It was asked to stop before, and has not stopped yet.</li>
      )}
    </ul>
  );
}

interface SignalProps {
  given: Given;
  put(some: Given): void;
  awaited: readonly string[];
  fault: Fault | undefined;
  refusal: ApiError | undefined;
}

function SignalFields({ given, put, awaited, fault, refusal }: SignalProps) {
  return (
    <>
      <TextField
        label="Signal name"
        mono
        list="awaited-signals"
        value={given.signalName}
        onChange={(event) => put({ signalName: event.target.value })}
        error={fault?.name ?? refusal?.ruleOf("name")}
        hint={
          awaited.length
            ? `It waits for ${awaited.join(", ")}.`
            : "It is kept until the workflow asks for it."
        }
      />
      <datalist id="awaited-signals">
        {awaited.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <JsonField
        label="Payload"
        optional
        hint="Any JSON value; it is delivered as it is written."
        placeholder='{"by": "ada"}'
        value={given.payload ?? ""}
        onChange={(payload) => put({ payload })}
        error={refusal?.ruleOf("payload")}
      />
    </>
  );
}

interface Fault {
  name?: string;
  payload?: string;
  typed?: string;
}

function faultIn(act: ActName, target: Target, given: Given, typed: string): Fault | undefined {
  if (act === "terminate" && typed.trim() !== target.workflowId)
    return { typed: "This is not the id of the workflow." };
  if (act !== "signal") return undefined;
  if (!isName(given.signalName ?? "")) return { name: `must be ${NAME_RULE}` };
  if (given.payload?.trim() && faultOf(given.payload)) return { payload: "is not JSON" };
  return undefined;
}

/** Something else written is something else to do. */
function keyOf(keys: Map<string, string>, given: Given): string {
  const written = JSON.stringify(given);
  const key = keys.get(written) ?? newKey();
  keys.set(written, key);
  return key;
}
