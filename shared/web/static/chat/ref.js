/** A new `ref`: 128 random bits. crypto.randomUUID() is for secure origins only. */
export function newRef() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
