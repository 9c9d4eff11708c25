"""The forms of acts. What is wrong is said at its field, in the words of every door, and what was typed stays."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from workflows.access.actions import Action
from workflows.admin.acts import RUNS_MAX, Act, Given
from workflows.core.values import Payload
from workflows.service import ids, limits
from workflows.service.errors import FieldError

_REASON_HELP = "Shown in the audit, and in the history where it keeps one."


class ActForm(forms.Form):
    """Of an act that takes a reason. `runs` and `token` go through the page and back."""

    runs = forms.CharField(widget=forms.HiddenInput)
    token = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2, "cols": 80}), help_text=_REASON_HELP
    )

    def __init__(self, act: Act, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if act.needs_reason:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = (
                "A reason is required: somebody will ask for it."
            )

    def clean_runs(self) -> list[str]:
        return run_ids_of(self.cleaned_data["runs"])

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not ids.is_run_id(token):
            raise ValidationError("The page is not one of ours: open it again.")
        return token

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        return _checked(reason, limits.text_error("reason", reason, limits.REASON_MAX))

    def given(self) -> Given:
        """Of a form that is valid."""
        return Given(reason=self.cleaned_data["reason"], request_id=self.cleaned_data["token"])


class SignalForm(ActForm):
    """A name and, if it has one, a payload."""

    name = forms.CharField(
        label="Signal name",
        error_messages={"required": "A name is required: the code waits for one."},
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
    )
    payload = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false", "class": "sched-json"}),
        help_text="JSON text, delivered as it stands: a text needs its quotes. Empty: no payload.",
    )
    field_order = ("name", "payload", "reason")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return _checked(name, limits.name_error("name", name))

    def clean_payload(self) -> Payload | None:
        # Browsers send line ends as CR LF; between the tokens of JSON, the only place for them, both are space.
        text: str = self.cleaned_data["payload"].replace("\r\n", "\n")
        payload = Payload(text.encode()) if text.strip() else None
        return _checked(payload, limits.payload_error("payload", payload))

    def given(self) -> Given:
        data = self.cleaned_data
        return Given(
            reason=data["reason"], signal=data["name"], payload=data["payload"], request_id=data["token"]
        )


def form_of(act: Act) -> Callable[..., ActForm]:
    """The form's class, told which act it is for."""
    kind = SignalForm if act.action is Action.SIGNAL else ActForm
    return lambda *args, **kwargs: kind(act, *args, **kwargs)


def run_ids_of(text: str) -> list[str]:
    """Run ids, separated by commas.

    Raises:
        ValidationError: one is none, or there are too many.
    """
    found = list(dict.fromkeys(text.split(",")))
    if not all(map(ids.is_run_id, found)):
        raise ValidationError("The page is not one of ours: open it again.")
    if len(found) > RUNS_MAX:
        raise ValidationError(f"{len(found):,} executions are too many: at most {RUNS_MAX:,} at once.")
    return found


def _checked[T](value: T, error: FieldError | None) -> T:
    if error is not None:
        shown = f"{error.value} {error.rule}" if error.value else error.rule
        raise ValidationError(f"{shown[0].upper()}{shown[1:]}.")
    return value
