/** Confirms an act on many: what will happen, to how many, why, and a figure to type where there is much to lose. */
import { useState } from "react";
import { Button } from "../../design/Button";
import { Dialog } from "../../design/Dialog";
import { TextArea, TextField } from "../../design/Field";
import { JsonField } from "../../design/JsonField";
import { faultOf } from "../../design/jsonText";
import { ACTS, type Act, isRestricted, type Wish } from "./acts";
import styles from "./BulkDialog.module.css";
import { Found } from "./Found";
import { type Target, useBulk } from "./useBulk";

/** From here on, and for all terminations, the figure must be typed. */
const MANY = 50;

interface Props {
  act: Act;
  target: Target;
  onClose(): void;
  /** It was done, or is under way. */
  onDone(): void;
}

export function BulkDialog({ act, target, onClose, onDone }: Props) {
  const filters = target.kind === "filters" ? target.filters : {};
  const [wish, setWish] = useState<Wish>({
    act,
    filters,
    reason: "",
    signalName: "",
    payload: "",
    everything: false,
  });
  const [typed, setTyped] = useState("");
  const bulk = useBulk(wish, target, onDone);
  const { found } = bulk;
  const change = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const mustType = found !== undefined && found > 0 && (act === "terminate" || found >= MANY);
  const everything = target.kind === "filters" && !isRestricted(act, filters);
  const ready =
    found !== undefined &&
    found > 0 &&
    (!mustType || typed.replaceAll(/[,\s]/g, "") === String(found)) &&
    (!everything || wish.everything) &&
    (act !== "signal" || (wish.signalName.trim() !== "" && !(wish.payload.trim() && faultOf(wish.payload))));
  const { name, danger, consequence } = ACTS[act];
  return (
    <Dialog
      title={`${name} many workflows`}
      onClose={onClose}
      onSubmit={() => ready && !bulk.busy && bulk.run()}
      footer={
        <>
          <Button onClick={onClose}>Leave them alone</Button>
          <Button type="submit" look={danger ? "danger" : "solid"} disabled={!ready} busy={bulk.busy}>
            {bulk.progress ?? `${name} ${found?.toLocaleString() ?? ""}`}
          </Button>
        </>
      }
    >
      <p className={styles.consequence}>{consequence}</p>
      <Found act={act} target={target} bulk={bulk} />
      {act === "signal" && (
        <>
          <TextField
            label="Name of the signal"
            value={wish.signalName}
            error={bulk.ruleOf("signalName", "name")}
            onChange={(event) => change({ signalName: event.target.value })}
          />
          <JsonField
            label="Payload"
            optional
            rows={3}
            value={wish.payload}
            error={bulk.ruleOf("payload")}
            onChange={(payload) => change({ payload })}
          />
        </>
      )}
      <TextArea
        label="Reason"
        optional
        hint="Kept in the audit, for whoever asks later."
        value={wish.reason}
        maxLength={2000}
        error={bulk.ruleOf("reason")}
        onChange={(event) => change({ reason: event.target.value })}
      />
      {everything && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={wish.everything}
            onChange={(event) => change({ everything: event.target.checked })}
          />
          No filter leaves any out: I mean every one of them.
        </label>
      )}
      {mustType && (
        <TextField
          label={`Type ${found.toLocaleString()} to confirm`}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </Dialog>
  );
}
