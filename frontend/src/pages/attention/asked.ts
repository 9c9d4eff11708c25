/** An act that somebody is about to do about a finding. */
import type { ActName, Target } from "../workflow/acts/acts";

export interface Asked {
  act: ActName;
  target: Target;
}
