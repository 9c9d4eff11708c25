/** The URLs of the page, each with its code apart: it is fetched when somebody goes there, or is about to. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./NotFound";
import { PageFault, PagePending } from "./PageStates";
import { Shell } from "./Shell";
import { parseSearch, type Search, writeSearch } from "./search";

const root = createRootRoute({
  component: Shell,
  validateSearch: (given: Record<string, unknown>) => given as Search,
});

const at = <const Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

const routes = root.addChildren([
  createRoute({
    ...at("/"),
    component: lazyRouteComponent(() => import("../pages/overview/OverviewPage"), "OverviewPage"),
  }),
  createRoute({
    ...at("/workflows"),
    component: lazyRouteComponent(() => import("../pages/workflows/WorkflowsPage"), "WorkflowsPage"),
  }),
  createRoute({
    ...at("/workflows/$id"),
    component: lazyRouteComponent(() => import("../pages/workflow/WorkflowPage"), "WorkflowPage"),
  }),
  createRoute({
    ...at("/start"),
    component: lazyRouteComponent(() => import("../pages/start/StartPage"), "StartPage"),
  }),
  createRoute({
    ...at("/queues"),
    component: lazyRouteComponent(() => import("../pages/queues/QueuesPage"), "QueuesPage"),
  }),
  createRoute({
    ...at("/queues/$name"),
    component: lazyRouteComponent(() => import("../pages/queues/QueuePage"), "QueuePage"),
  }),
  createRoute({
    ...at("/workers"),
    component: lazyRouteComponent(() => import("../pages/workers/WorkersPage"), "WorkersPage"),
  }),
  createRoute({
    ...at("/attention"),
    component: lazyRouteComponent(() => import("../pages/attention/AttentionPage"), "AttentionPage"),
  }),
  createRoute({
    ...at("/audit"),
    component: lazyRouteComponent(() => import("../pages/audit/AuditPage"), "AuditPage"),
  }),
  createRoute({
    ...at("/bulk"),
    component: lazyRouteComponent(() => import("../pages/bulk/BulkPage"), "BulkPage"),
  }),
]);

export const router = createRouter({
  routeTree: routes,
  parseSearch,
  stringifySearch: writeSearch,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFault,
  defaultPendingComponent: PagePending,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
