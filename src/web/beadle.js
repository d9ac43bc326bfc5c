// What pages do beyond being read: times of the reader's own zone, live minutes and logs, copied
// links. Everything is complete without it, and nothing comes from anywhere else.
"use strict";
(() => {
  const zone = new Intl.DateTimeFormat(undefined, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    timeZoneName: "short",
  });
  const own = (time) => zone.format(new Date(time.dateTime));

  // Local times: in words where a page leaves room for them, else as the title.
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime*=T]")) {
      if (time.dataset.local !== undefined) {
        const room = document.getElementById(time.dataset.local);
        if (room) room.textContent = `${own(time)} in your time zone`;
      } else if (!time.title) {
        time.title = own(time);
      }
    }
  };
  localise(document);

  // How long until something: counted on, minute by minute.
  const countdown = document.querySelector("[data-until]");
  if (countdown) {
    const start = new Date(countdown.dataset.until);
    const count = () => {
      const minutes = Math.floor((start - Date.now()) / 60000);
      if (minutes < 0) countdown.textContent = "now";
      else if (minutes < 1440) {
        countdown.textContent = `in ${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
      }
    };
    count();
    setInterval(count, 20000);
  }

  // One place in which everything that happens is told, also to those who do not see it.
  const status = document.getElementById("status");
  const tell = (words) => {
    if (status) status.textContent = words;
  };

  // A click on the time of a line, or on a heading's mark, copies its address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.tm, a.permalink");
    if (!link || !link.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
    navigator.clipboard?.writeText(link.href).then(() => tell("The link is copied."), () => {});
  });

  // A line that stands on another page of the log.
  const log = document.querySelector("[data-lines]");
  const wanted = /^#l-([0-9]+)$/.exec(location.hash);
  if (log && wanted && !document.getElementById(location.hash.slice(1))) {
    const page = Math.floor((Number(wanted[1]) - 1) / Number(log.dataset.lines)) + 1;
    location.replace(`${location.pathname}${page > 1 ? `?page=${page}` : ""}${location.hash}`);
  }

  // A meeting that is on.
  const live = document.querySelector("[data-live]");
  if (!live || !window.EventSource) return;
  const button = document.getElementById("pause");
  let source = null;
  let news = 0;
  const follow = () => {
    source = new EventSource(live.dataset.live);
    source.addEventListener("minutes", (event) => {
      live.innerHTML = event.data;
      localise(live);
      tell("The minutes have grown.");
    });
    source.addEventListener("lines", (event) => {
      const atEnd = window.innerHeight + window.scrollY >= document.body.offsetHeight - 80;
      const known = new Set([...live.children].slice(-400).map((line) => line.id));
      const fresh = document.createElement("template");
      fresh.innerHTML = event.data;
      for (const line of [...fresh.content.children]) {
        if (known.has(line.id)) continue;
        live.append(line);
        news += 1;
      }
      tell(`${news} new lines.`);
      if (atEnd) window.scrollTo(0, document.body.scrollHeight);
    });
    source.addEventListener("end", () => {
      source.close();
      tell("The meeting has ended.");
      location.reload();
    });
  };
  follow();
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const paused = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!paused));
      if (paused) follow();
      else source.close();
      tell(paused ? "Following again." : "Paused; nothing changes until you go on.");
    });
  }
})();
