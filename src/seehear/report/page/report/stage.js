// The picture at the playhead: video or thumbnail, attention over it, and what is going on.

const stage = {
  shown: "",

  draw() {
    const seconds = player.time;
    this.drawPicture(seconds);
    this.drawNow(seconds);
  },
  drawPicture(seconds) {
    const canvas = $(player.showsPicture ? "heat" : "still");
    $("still").hidden = player.showsPicture;
    $("heat").hidden = !player.showsPicture;
    const { context, width, height } = fitted(canvas);
    context.clearRect(0, 0, width, height);
    let segment = segmentAt(seconds);
    let image;
    if (!player.showsPicture) {
      if (!thumbnails.length) return;
      const index = pictures.nearest(seconds);
      image = pictures.image(index);
      segment = thumbnails[index].segment;
      if (!image) return;
    }
    const [across, down] = image ? pictures.shape(image) : [player.video.videoWidth, player.video.videoHeight];
    if (!across || !down) return;
    const scale = Math.min(width / across, height / down);
    const box = [(width - across * scale) / 2, (height - down * scale) / 2, across * scale, down * scale];
    if (image) context.drawImage(image, ...box);
    heat.draw(context, segment, ...box);
  },
  drawNow(seconds) {
    const current = eventsAt(seconds);
    const key = current.map((event) => `${event.category} ${event.start}`).join();
    if (key === this.shown) return;
    this.shown = key;
    $("now").replaceChildren(
      ...current.map((event) => {
        const chip = element("li");
        chip.append(
          dotOf(report.categories[event.category]),
          element("span", "name", report.categories[event.category]),
          element("span", "", event.score.toFixed(2)),
        );
        return chip;
      }),
    );
  },
};

// A canvas whose pixels are the screen's, with its size in CSS pixels.
function fitted(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}
