// What an event says of a frame: people, times and the picture; anything else is refused.

export function readFrame(data) {
  if (!data || typeof data !== "object") return null;
  const found = data.keypoints || data.boxes || [];
  if (!Array.isArray(found) || found.length > 1000) return null;
  const listed = data.keypoints ? found : found.map(box => [box, []]);
  const people = [];
  for (const person of listed) {
    if (!Array.isArray(person) || !isNumbers(person[0], 6) || !Array.isArray(person[1])) return null;
    if (!person[1].every(point => isNumbers(point, 4))) return null;
    people.push({ box: person[0], points: person[1] });
  }
  const ticks = Array.isArray(data.algo_tick) && isNumbers(data.algo_tick[0], 1) ? data.algo_tick[0][0] : null;
  return {
    people,
    ticks,
    times: isNumbers(data.perf, 3) ? data.perf : null,
    size: isNumbers(data.resolution, 2) ? data.resolution : null,
    picture: pictureOf(data.image),
  };
}

function isNumbers(value, count) {
  return Array.isArray(value) && value.length === count && value.every(each => Number.isInteger(each) && each >= 0);
}

// The JPEG; whole groups of four characters alone, as one firmware sends a character too many.
export function pictureOf(text) {
  if (typeof text !== "string") return null;
  const found = /^[A-Za-z0-9+/]*={0,2}/.exec(text)[0];
  let content;
  try {
    content = Uint8Array.from(atob(found.slice(0, found.length - found.length % 4)), each => each.charCodeAt(0));
  } catch (error) {
    return null;
  }
  return content.length > 4 && content[0] === 0xff && content[1] === 0xd8 ? content : null;
}
