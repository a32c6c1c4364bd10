// Which stretch of the video the lanes show.

const view = {
  start: 0,
  end: duration,
  listeners: [],

  get length() {
    return this.end - this.start;
  },
  get shortest() {
    return Math.min(duration, Math.max(4 * hop, 2));
  },
  show(start, length) {
    const kept = Math.max(this.shortest, Math.min(duration, length));
    this.start = Math.max(0, Math.min(duration - kept, start));
    this.end = this.start + kept;
    for (const listener of this.listeners) listener();
  },
  zoom(factor, around) {
    const length = Math.max(this.shortest, Math.min(duration, this.length * factor));
    const share = (around - this.start) / this.length;
    this.show(around - share * length, length);
  },
  fit() {
    this.show(0, duration);
  },
  reveal(seconds) {
    if (seconds < this.start || seconds > this.end) this.show(seconds - this.length * 0.1, this.length);
  },
  share(seconds) {
    return (seconds - this.start) / this.length;
  },
  secondsAt(share) {
    return this.start + share * this.length;
  },
};
