// What lies under the pointer: its picture, where the model looked, and the highest scores of the segment.

const inspector = {
  box: $("inspector"),

  show(pointer, seconds) {
    const segment = segmentAt(seconds);
    this.drawPicture(seconds);
    const missing = isMissing(seconds);
    this.box.querySelector(".when").textContent = missing ? `${clockTime(seconds)} · not readable` : clockTime(seconds);
    const ranked = scores && segments && !missing
      ? report.categories.map((name, category) => ({ name, score: scoreAt(category, segment) }))
      : [];
    ranked.sort((a, b) => b.score - a.score);
    this.box.querySelector("ul").replaceChildren(
      ...ranked.slice(0, 4).map(({ name, score }) => {
        const row = element("li");
        row.append(dotOf(name), element("span", "name", name), element("span", "score", score.toFixed(2)));
        return row;
      }),
    );
    this.box.hidden = false;
    this.place(pointer);
  },
  drawPicture(seconds) {
    const canvas = $("inspected");
    const index = thumbnails.length ? pictures.nearest(seconds) : -1;
    const image = index >= 0 && pictures.image(index);
    canvas.hidden = !image;
    if (!image) return;
    canvas.style.aspectRatio = pictures.shape(image).join(" / ");
    this.box.hidden = false;
    const { context, width, height } = fitted(canvas);
    context.drawImage(image, 0, 0, width, height);
    heat.draw(context, thumbnails[index].segment, 0, 0, width, height);
  },
  place(pointer) {
    const { width, height } = this.box.getBoundingClientRect();
    const x = pointer.clientX + 18 + width > innerWidth ? pointer.clientX - width - 18 : pointer.clientX + 18;
    const y = Math.max(8, Math.min(innerHeight - height - 8, pointer.clientY - height / 2));
    this.box.style.transform = `translate(${Math.max(8, x)}px, ${y}px)`;
  },
  hide() {
    this.box.hidden = true;
    $("hover").hidden = true;
  },
};
