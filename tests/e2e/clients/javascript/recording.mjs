// What a client sends, and what it gets.
/** A fetch that keeps what was sent and what came back. */
export function recording() {
  const seen = [];
  const recorded = async (address, init = {}) => {
    const response = await fetch(address, init);
    const sent = { method: init.method ?? "GET", status: response.status, body: init.body ?? null };
    seen.push({ ...sent, type: response.headers.get("content-type") });
    return response;
  };
  return { fetch: recorded, seen };
}
