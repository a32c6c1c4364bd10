// What the page shows, decoded once. Everything in it is data: names reach the page through textContent only.

const report = JSON.parse(document.getElementById("payload").textContent);

function bytesOf(text) {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const duration = Math.max(report.duration, 0.001);
const hop = report.hop;
const events = report.events.map(([start, end, category, score], order) => ({ start, end, category, score, order }));
const segments = report.segments.count;
const scores = report.segments.scores && bytesOf(report.segments.scores); // [C][T], 255 is a score of 1
const attention = report.attention && { ...report.attention, values: bytesOf(report.attention.values) }; // [T][H*W]
const motion = report.motion && bytesOf(report.motion); // [T], 255 is the strongest of the video
const waveform = report.waveform && { ...report.waveform, values: new Int8Array(bytesOf(report.waveform.values).buffer) };
const thumbnails = report.thumbnails.map(([segment, source]) => ({ segment, source }));

const scoreAt = (category, segment) => scores[category * segments + segment] / 255;
const segmentAt = (seconds) => Math.max(0, Math.min(segments - 1, Math.floor(seconds / hop + 1e-6)));
const isMissing = (seconds) => report.missing.some(([start, end]) => start <= seconds && seconds < end);
const eventsAt = (seconds) => events.filter((event) => event.start <= seconds && seconds < event.end);

function peakOf(category) {
  let highest = 0;
  for (let segment = 0; scores && segment < segments; segment += 1) {
    if (!isMissingSegment[segment]) highest = Math.max(highest, scores[category * segments + segment]);
  }
  return highest / 255;
}

const isMissingSegment = new Uint8Array(segments);
for (const [start, end] of report.missing) {
  for (let segment = Math.round(start / hop); segment * hop < end - 1e-6 && segment < segments; segment += 1) {
    isMissingSegment[segment] = 1;
  }
}
