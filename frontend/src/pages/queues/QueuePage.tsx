import { getRouteApi } from "@tanstack/react-router";
import { Page } from "../../design/Page";

const route = getRouteApi("/queues/$name");

export function QueuePage() {
  const { name } = route.useParams();
  return <Page title={name}>{null}</Page>;
}
