"""From the settings to the engine's options."""

from django.conf import settings

from workflows.engine.options import EngineOptions


def engine_options(*, metrics: bool, share_port: bool = False) -> EngineOptions:
    """What the environment says.

    Args:
        metrics: False where another port of this process serves them.
        share_port: whether other engines listen on the gRPC port, too.
    """
    environment = settings.SCHED
    return EngineOptions(
        bind=environment.bind,
        port=environment.engine_port,
        metrics_port=environment.metrics_port if metrics else None,
        secret=str(settings.SECRET_KEY),
        open_access=environment.open_access,
        grace=environment.shutdown_grace,
        leader_lock_key=environment.leader_lock_key,
        postgres_dsn=environment.engine_dsn,
        redis_url=environment.redis_url,
        tls_cert=environment.tls_cert,
        tls_key=environment.tls_key,
        tls_ca=environment.tls_ca,
        retention=environment.retention,
        share_port=share_port,
    )
