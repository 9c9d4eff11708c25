"""The page of an act: what it will touch and what it will skip, the form, and the confirmation, which is its button.

GET with `?run=` is for one execution; the list's action shows the same page for those that are selected. Both post
here.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from workflows.access.actions import Action
from workflows.access.principal import Principal
from workflows.admin.act_forms import ActForm, form_of, run_ids_of
from workflows.admin.acts import ACTS, Act, Done, executions_by_id, perform, skipped_by
from workflows.admin.allowed import require
from workflows.admin.context import context_of
from workflows.service import ids
from workflows.store import reader
from workflows.store.reader import Execution

SHOWN = 100
"""Rows of each kind in a preview; the rest is counted."""
LIST = "admin:sched_workflows_execution_changelist"


def act_page(request: HttpRequest, verb: str, *, site: AdminSite) -> HttpResponse:
    """Show it (GET), or do it (POST)."""
    act = ACTS.get(verb)
    if act is None:
        raise Http404
    who = require(request, Action.READ, act.action)
    if request.method != "POST":
        return _asked(request, act, site)
    form = form_of(act)(request.POST)
    back = QueryDict(request.POST.get("filters", "")).urlencode()
    if form.is_valid():
        return _done(request, act, who, form, back)
    return preview(request, act, _executions(request.POST.get("runs", "")), site=site, form=form, back=back)


def preview(
    request: HttpRequest,
    act: Act,
    executions: Sequence[Execution],
    *,
    site: AdminSite,
    form: ActForm | None = None,
    back: str = "",
) -> HttpResponse:
    """The page. `back` is the query of the list that it came from."""
    who = require(request, Action.READ, act.action)
    payloads = who.may(Action.SEE_PAYLOADS)
    runs = ",".join(each.run_id for each in executions)
    why = skipped_by(act, executions)
    touched = [each for each in executions if each.run_id not in why]
    skipped = [(each, why[each.run_id]) for each in executions if each.run_id in why]
    title = f"{act.label} {_named(executions)}"
    context = {
        **context_of(site, request, title),
        "act": act,
        "form": form or form_of(act)(initial={"runs": runs, "token": ids.new_run_id()}),
        "touched": [
            (each, reader.problem_shown(each.problem, payloads=payloads)) for each in touched[:SHOWN]
        ],
        "touched_count": len(touched),
        "touched_more": max(len(touched) - SHOWN, 0),
        "skipped": skipped[:SHOWN],
        "skipped_count": len(skipped),
        "skipped_more": max(len(skipped) - SHOWN, 0),
        "filters": back,
        "back_url": _back_to([each.run_id for each in executions], back),
    }
    return TemplateResponse(request, "sched/admin/act.html", context, status=400 if form else 200)


def _asked(request: HttpRequest, act: Act, site: AdminSite) -> HttpResponse:
    found = _executions(request.GET.get("run", ""))
    if len(found) != 1:
        raise Http404
    return preview(request, act, found, site=site)


def _done(request: HttpRequest, act: Act, who: Principal, form: ActForm, back: str) -> HttpResponse:
    runs: list[str] = form.cleaned_data["runs"]
    done = perform(act, who, form.given(), executions_by_id(runs))
    level, text = _told(act, done)
    messages.add_message(request, level, text)
    # Of one, what resulted is of interest: after a retry that is the new run.
    return HttpResponseRedirect(_back_to(done.touched if len(runs) == len(done.touched) == 1 else runs, back))


def _told(act: Act, done: Done) -> tuple[int, str]:
    reasons = ", ".join(sorted(set(done.skipped)))
    skipped = f" {len(done.skipped):,} skipped: {reasons}." if done.skipped else ""
    count = len(done.touched)
    if not count:
        return messages.WARNING, f"Nothing was {act.done}.{skipped}"
    what = "The execution was" if count == 1 else f"{count:,} executions were"
    return messages.SUCCESS, f"{what} {act.done}.{skipped}"


def _executions(text: str) -> list[Execution]:
    try:
        return executions_by_id(run_ids_of(text))
    except ValidationError:
        return []


def _named(executions: Sequence[Execution]) -> str:
    return executions[0].workflow_id if len(executions) == 1 else f"{len(executions):,} executions"


def _back_to(runs: Sequence[str], back: str) -> str:
    """The page that it came from: of the one execution, unless a list is known."""
    if len(runs) == 1 and not back:
        return reverse("admin:sched_workflows_execution_change", args=runs)
    url = reverse(LIST)
    return f"{url}?{back}" if back else url
