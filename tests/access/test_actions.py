"""Actions are permissions of Django's; the groups have those of their roles."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from workflows.access.actions import CODENAMES, GROUPS, ROLES, Action
from workflows.access.principal import ANYBODY, Denied, principal_of_user


def test_every_action_has_a_permission_of_a_model() -> None:
    """Which Django makes for us, and shows to those who give permissions."""
    assert set(CODENAMES) == set(Action)
    codenames = {
        codename
        for model in apps.get_app_config("sched_workflows").get_models()
        for codename in (
            *(f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }
    assert set(CODENAMES.values()) <= codenames


@pytest.mark.django_db
def test_groups_have_what_their_roles_may() -> None:
    """After all migrations, with Django's own permissions made, none of them twice."""
    for name, role in GROUPS.items():
        found = Permission.objects.filter(group__name=name)
        assert {each.codename for each in found} == {CODENAMES[action] for action in ROLES[role]}
    ours = Permission.objects.filter(content_type__app_label="sched_workflows")
    assert ours.count() == len({each.codename for each in ours})


@pytest.mark.django_db
def test_a_group_of_that_name_keeps_its_members_and_the_site_its_own_groups() -> None:
    """The names have a prefix: nobody becomes an admin of sched by being one of the site."""
    assert not Group.objects.filter(name__in=("admin", "operator", "viewer")).exists()
    assert all(name.startswith("sched ") for name in GROUPS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_a_member_may_what_the_role_may(role: str) -> None:
    """And is told by the user's name, and the door."""
    user = User.objects.create_user("alice")
    user.groups.add(Group.objects.get(name=f"sched {role}"))
    who = principal_of_user(User.objects.get(pk=user.pk))
    assert who.actions == ROLES[role]
    assert who.identity("rest") == "rest:alice"


@pytest.mark.django_db
def test_who_is_not_active_or_not_there_may_nothing() -> None:
    """An account that was closed keeps its groups, and may nothing by them."""
    user = User.objects.create_superuser("gone")
    user.is_active = False
    user.save()
    assert not principal_of_user(user).actions
    assert not principal_of_user(AnonymousUser()).actions


def test_what_may_not_is_denied_by_name() -> None:
    """The refusal says who lacks what; where access is open, nobody lacks anything."""
    ANYBODY.require(Action.TERMINATE)
    assert ANYBODY.identity("rest") == "rest"
    viewer = principal_of_user(AnonymousUser())
    with pytest.raises(Denied, match="lacks the permission 'terminate'"):
        viewer.require(Action.TERMINATE)
