/** The token of who may come in, where the apps want one: kept by the page alone. */

/** Take `#token=…` out of the address, so that it is neither bookmarked nor shown. */
export function tokenOfAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return token;
}
