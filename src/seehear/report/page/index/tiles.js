// Pictures of events: each shows one cell of its video's contact sheet, and opens the video there.

function cellOf(video, cell) {
  const frame = element("span", "cell");
  if (!video.sheet) return frame;
  const cells = Math.max(1, video.events.length);
  const columns = Math.min(index.columns, cells);
  const image = element("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.style.width = `${columns * 100}%`;
  image.style.height = `${Math.ceil(cells / columns) * 100}%`;
  image.style.left = `${-100 * (cell % columns)}%`;
  image.style.top = `${-100 * Math.floor(cell / columns)}%`;
  image.addEventListener("error", () => image.remove());
  image.src = video.sheet;
  frame.append(image);
  return frame;
}

function opening(video, className, seconds) {
  const made = element(video.page ? "a" : "span", className);
  if (video.page) made.href = seconds === undefined ? video.page : `${video.page}#t=${seconds}`;
  return made;
}

function tileOf(event, withVideo) {
  const tile = opening(event.video, "tile", event.start_seconds);
  const words = element("span", "words");
  const when = element("span", "when quiet", clockTime(event.start_seconds, 0));
  when.append(element("span", "until", ` – ${clockTime(event.end_seconds, 0)}`));
  const score = element("span", "score quiet", event.score.toFixed(2));
  score.prepend(element("span", "unseen", "score "));
  const title = element("span", "what");
  title.append(dotOf(event.category), element("span", "name", event.category));
  words.append(title, when, score);
  if (withVideo) words.append(element("span", "of name quiet", event.video.path));
  tile.append(cellOf(event.video, event.cell), words);
  return tile;
}
