// What the page knows, decoded once. Everything in it is data: names reach the page through textContent only.

const index = JSON.parse(document.getElementById("payload").textContent);

// For comparing: without marks and capitals, as people type.
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function videoOf([path, status, reason, message, seconds, page, sheet, best, counts, shown], order) {
  const slash = path.lastIndexOf("/") + 1;
  const video = { order, path, folder: path.slice(0, slash), name: path.slice(slash), folded: folded(path) };
  Object.assign(video, { status, reason, message, seconds, page, sheet, best: best ?? null });
  video.counts = (counts ?? []).map(([category, count]) => [index.categories[category], count]);
  video.events = (shown ?? []).map(([start_seconds, end_seconds, category, score], cell) => ({
    start_seconds, end_seconds, category: index.categories[category], score, cell, video,
  }));
  video.count = video.counts.reduce((total, [, count]) => total + count, 0);
  return video;
}

const all = index.videos.map(videoOf);
const failures = all.filter((video) => video.status === "failed");
const videos = all.filter((video) => video.status !== "failed");
const foldedCategory = new Map(index.categories.map((category) => [category, folded(category)]));
