"""Making an API key, and revoking one.

Guarantees: a key's text is on the one answer that made it, which no cache may keep, and nowhere else: not in messages,
not in the session, not in a log. Each act is one transaction with its audit entry.
"""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from timers.clock import SystemClock
from workflows.access import audit, keys
from workflows.access.actions import ROLES, Action
from workflows.access.principal import Principal
from workflows.admin.allowed import DOOR, require
from workflows.admin.context import context_of
from workflows.admin.keys import allowed_text
from workflows.models import ApiKey

LIST: Final = "admin:sched_workflows_apikey_changelist"
OWN: Final = ""
"""The choice of no role: the actions are listed."""


class KeyForm(forms.Form):
    """A name, what it may do (by role, or action by action), and how long. It may do no more than who makes it."""

    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        help_text="What it is for. Histories and the audit show it as key/name.",
    )
    role = forms.ChoiceField(
        required=False,
        choices=[*((role, role) for role in ROLES), (OWN, "the actions chosen below")],
        help_text="client: programs that start and steer workflows. worker: workers, and nothing else.",
    )
    actions = forms.MultipleChoiceField(
        required=False,
        choices=[(action.value, action.value) for action in Action],
        widget=forms.CheckboxSelectMultiple,
        help_text="Only without a role.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: never.",
    )

    def __init__(self, *args: Any, who: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._who = who

    def clean_actions(self) -> list[Action]:
        role: str = self.cleaned_data.get("role", OWN)
        chosen: list[str] = self.cleaned_data["actions"]
        if role and chosen:
            raise forms.ValidationError("A role says what it may do: choose actions only without one.")
        actions = sorted(ROLES[role]) if role else [Action(name) for name in chosen]
        beyond = [action.value for action in actions if not _may_give(self._who, action)]
        if beyond:
            raise forms.ValidationError(
                f"You may not give what you may not do yourself: {', '.join(beyond)}."
                " Work is given by who may do all else."
            )
        return actions


@never_cache
def make_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """The form, and the answer with the text."""
    who = require(request, Action.MANAGE_KEYS)
    form = KeyForm(request.POST or None, who=who, initial={"role": "client"})
    made = _made(who, form) if request.method == "POST" and form.is_valid() else None
    title = f"API key {made.key.name}" if made else "Make an API key"
    context = {
        **context_of(site, request, title),
        "form": form,
        "made": made,
        "may": allowed_text(made.key) if made else "",
        "list_url": reverse(LIST),
    }
    status = 400 if form.errors else 200
    return TemplateResponse(request, "sched/admin/key_make.html", context, status=status)


@never_cache
def revoke_page(request: HttpRequest, key_id: int, *, site: AdminSite) -> HttpResponse:
    """Asks, then does."""
    who = require(request, Action.MANAGE_KEYS)
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise Http404
    if request.method == "POST":
        revoked = _revoked(who, key)
        level = messages.SUCCESS if revoked else messages.WARNING
        told = "is revoked: it lets nobody in from now on" if revoked else "was revoked before"
        messages.add_message(request, level, f"The key {key.name} {told}.")
        return HttpResponseRedirect(reverse(LIST))
    context = {
        **context_of(site, request, f"Revoke the API key {key.name}"),
        "key": key,
        "may": allowed_text(key),
        "list_url": reverse(LIST),
    }
    return TemplateResponse(request, "sched/admin/key_revoke.html", context)


def _may_give(who: Principal, action: Action) -> bool:
    """Who makes keys could else make one that does what they may not. No person's role has work, which is of machines;
    but workers are handed all payloads and decide how executions go on."""
    if action is Action.WORK:
        return who.may(action) or set(Action) - {action} <= who.actions
    return who.may(action)


def _made(who: Principal, form: KeyForm) -> keys.NewKey | None:
    """None if it was refused: the form says why."""
    data, now = form.cleaned_data, SystemClock().now()
    try:
        with transaction.atomic():
            made = keys.make(
                data["name"],
                data["actions"],
                created_by=who.identity(DOOR),
                now=now,
                expires_at=data["expires_at"],
            )
            details = {"key": made.key.name, "actions": made.key.actions}
            audit.record(who, DOOR, audit.Act(action="create-key", details=details), now)
    except keys.BadKey as refusal:
        form.add_error(refusal.field, f"{refusal.rule[0].upper()}{refusal.rule[1:]}.")
        return None
    return made


def _revoked(who: Principal, key: ApiKey) -> bool:
    now = SystemClock().now()
    with transaction.atomic():
        revoked = keys.revoke(key, now)
        if revoked:
            audit.record(who, DOOR, audit.Act(action="revoke-key", details={"key": key.name}), now)
    return revoked
