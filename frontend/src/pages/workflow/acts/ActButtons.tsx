/** The acts that are possible on a run, as buttons; each opens its dialog. Nothing is shown to who may do nothing. */
import { useState } from "react";
import { useMe } from "../../../api/queries";
import type { Retried, Steered } from "../../../api/types";
import { Button } from "../../../design/Button";
import { ActDialog } from "./ActDialog";
import { type ActName, actsFor, type Target } from "./acts";

interface Props {
  target: Target;
  awaited?: readonly string[];
  onDone?(act: ActName, done: Steered | Retried): void;
}

export function ActButtons({ target, awaited, onDone }: Props) {
  const { may } = useMe();
  const [asked, setAsked] = useState<ActName>();
  return (
    <>
      {actsFor(target.status, may).map((act) => (
        <Button key={act.name} icon={act.icon} onClick={() => setAsked(act.name)}>
          {act.label}
        </Button>
      ))}
      {asked && (
        <ActDialog
          act={asked}
          target={target}
          {...(awaited ? { awaited } : {})}
          onClose={() => setAsked(undefined)}
          onDone={(done) => onDone?.(asked, done)}
        />
      )}
    </>
  );
}
