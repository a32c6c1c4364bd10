// Thumbnails, and where the model looked, drawn over them as a heat map of the grid.

const pictures = {
  loaded: new Map(),
  onload: () => {},

  // The thumbnail whose segment is nearest to an instant.
  nearest(seconds) {
    const wanted = seconds / hop - 0.5;
    let low = 0;
    let high = thumbnails.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (thumbnails[middle].segment < wanted) low = middle + 1;
      else high = middle;
    }
    const before = Math.max(0, low - 1);
    return Math.abs(thumbnails[before].segment - wanted) <= Math.abs(thumbnails[low].segment - wanted) ? before : low;
  },
  // Width and height of a picture as it is meant: thumbnails may be square for the networks' sake.
  shape(image) {
    return report.aspect ? [report.aspect, 1] : [image.naturalWidth, image.naturalHeight];
  },
  // The image, or undefined until it has been decoded; the last 400 asked for stay.
  image(index) {
    let image = this.loaded.get(index);
    if (!image) {
      image = new Image();
      image.onload = () => this.onload();
      image.src = thumbnails[index].source;
    }
    this.loaded.delete(index);
    this.loaded.set(index, image);
    if (this.loaded.size > 400) this.loaded.delete(this.loaded.keys().next().value);
    return image.complete && image.naturalWidth ? image : undefined;
  },
};

const heat = {
  shown: Boolean(attention),
  cell: document.createElement("canvas"),

  // Nothing where attention is low, then amber, then red: only what stands out covers the picture.
  draw(context, segment, x, y, width, height) {
    if (!this.shown || !attention || segment < 0 || segment >= segments || isMissingSegment[segment]) return;
    const { rows, columns, values } = attention;
    this.cell.width = columns;
    this.cell.height = rows;
    const small = this.cell.getContext("2d");
    const pixels = small.createImageData(columns, rows);
    for (let cell = 0; cell < rows * columns; cell += 1) {
      const strength = values[segment * rows * columns + cell] / 255;
      pixels.data.set([255, Math.round(205 - 135 * strength), 30, Math.round(150 * strength ** 0.9)], cell * 4);
    }
    small.putImageData(pixels, 0, 0);
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.cell, x, y, width, height);
    context.restore();
  },
};
