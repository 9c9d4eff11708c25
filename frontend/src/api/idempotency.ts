/** A key that makes an act safe to send twice. `crypto.randomUUID` is there only for pages served over TLS or from loopback. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
