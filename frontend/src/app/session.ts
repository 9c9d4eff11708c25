/** The way out: a form, since Django ends a session by POST alone, with its token. */
export function signOut(): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/logout";
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
  form.append(token);
  document.body.append(form);
  form.submit();
}
