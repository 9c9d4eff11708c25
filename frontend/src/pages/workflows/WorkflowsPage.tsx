/** The list of executions: found by status, type, queue, time and id, all of it in the URL; live; acted on one by one or many. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useMe } from "../../api/queries";
import { buttonClass } from "../../design/Button";
import { Icon } from "../../design/Icon";
import { Menu } from "../../design/Menu";
import { Page } from "../../design/Page";
import { isStatus, type Status } from "../../design/status";
import { ActDialog } from "../workflow/acts/ActDialog";
import { ACTS, type Act, ALL_ACTS, fits } from "./acts";
import { BulkDialog } from "./BulkDialog";
import { FilterBar } from "./FilterBar";
import { type FilterName, filtersOf, unreadableOf, without } from "./filters";
import { ListOrState } from "./ListOrState";
import { SelectionBar } from "./SelectionBar";
import { StatusTabs } from "./StatusTabs";
import { UnreadableFilters } from "./UnreadableFilters";
import type { Target } from "./useBulk";
import { useListing } from "./useListing";
import { useScrolled } from "./useScrolled";
import { useSelection } from "./useSelection";

export function WorkflowsPage() {
  const search = useSearch({ from: "/workflows" });
  const navigate = useNavigate({ from: "/workflows" });
  const { may } = useMe();
  const said = JSON.stringify(filtersOf(search));
  const filters = useMemo(() => JSON.parse(said) as ReturnType<typeof filtersOf>, [said]);
  const unreadable = unreadableOf(search);
  const readable = unreadable.length === 0;
  const selection = useSelection();
  const [doing, setDoing] = useState<{ act: Act; target: Target }>();
  const scrolled = useScrolled();
  const listing = useListing(filters, readable, scrolled || selection.chosen.size > 0);
  const { clear } = selection;
  const set = useCallback(
    (name: FilterName, value: string) => {
      clear();
      void navigate({
        search: { ...search, [name]: value || undefined },
        replace: name !== "status",
      });
    },
    [navigate, search, clear],
  );
  const acts = ALL_ACTS.filter((act) => may(act));
  const offered = readable ? acts.filter((act) => fits(act, filters)) : [];
  const clearFilters = () => void navigate({ search: {} });
  const status = isStatus(filters.status) ? filters.status : undefined;
  return (
    <Page title="Workflows" actions={<Actions acts={offered} onAct={setDoing} filters={filters} />}>
      <StatusTabs
        filters={without(filters, "status")}
        readable={unreadable.every(({ name }) => name === "status")}
        value={status}
        onChange={(to: Status | undefined) => set("status", to ?? "")}
      />
      <FilterBar search={search} rows={listing.rows} onChange={set} onClear={clearFilters} />
      <div id="workflow-list" role="tabpanel" aria-label="Workflows">
        {readable ? (
          <ListOrState
            listing={listing}
            filters={filters}
            selection={selection}
            selectable={acts.length > 0}
            onClear={clearFilters}
          />
        ) : (
          <UnreadableFilters unreadable={unreadable} onClear={clearFilters} />
        )}
      </div>
      {readable && selection.chosen.size > 0 && (
        <SelectionBar
          rows={[...selection.chosen.values()]}
          onAct={(act) => setDoing({ act, target: { kind: "rows", rows: [...selection.chosen.values()] } })}
          onClear={selection.clear}
        />
      )}
      {doing && (
        <Doing
          {...doing}
          onClose={() => setDoing(undefined)}
          onDone={() => {
            setDoing(undefined);
            selection.clear();
          }}
        />
      )}
    </Page>
  );
}

interface DoingProps {
  act: Act;
  target: Target;
  onClose(): void;
  onDone(): void;
}

/** What is asked about one run is what its own page asks. */
function Doing({ act, target, onClose, onDone }: DoingProps) {
  const only = target.kind === "rows" && target.rows.length === 1 ? target.rows[0] : undefined;
  if (only) return <ActDialog act={act} target={only} onClose={onClose} onDone={onDone} />;
  return <BulkDialog act={act} target={target} onClose={onClose} onDone={onDone} />;
}

interface ActionsProps {
  acts: readonly Act[];
  filters: ReturnType<typeof filtersOf>;
  onAct(doing: { act: Act; target: Target }): void;
}

function Actions({ acts, filters, onAct }: ActionsProps) {
  const { may } = useMe();
  return (
    <>
      {acts.length > 0 && (
        <Menu
          end
          button={
            <>
              All that match <Icon name="down" />
            </>
          }
          items={acts.map((act) => ({
            label: `${ACTS[act].name}…`,
            icon: ACTS[act].icon,
            danger: ACTS[act].danger,
            onSelect: () => onAct({ act, target: { kind: "filters", filters } }),
          }))}
        />
      )}
      {may("start") && (
        <Link to="/start" className={buttonClass("solid")}>
          <Icon name="plus" /> Start
        </Link>
      )}
    </>
  );
}
