(function () {
  "use strict";
  var live = document.getElementById("live"), say = document.getElementById("say"), lost = document.getElementById("lost");
  var told = lost.querySelector("[data-told]"), age = lost.querySelector(".age");
  var base = location.pathname.replace(/\/$/, "");
  var LOST_AFTER = 25000, SLOWEST = 15000, POLL = 5000;
  var done = live.dataset.done === "1", heard = Date.now(), broken = false, tries = 0, source = null, timer = 0, last = "";

  function fresh() { heard = Date.now(); broken = false; tell(); }

  function show(page) {
    if (page.html !== live.innerHTML) {
      var receipt = document.getElementById("receipt"), open = receipt && receipt.open;
      var focused = live.contains(document.activeElement) ? document.activeElement.id : "";
      live.innerHTML = page.html;
      receipt = document.getElementById("receipt");
      if (receipt && open) receipt.open = true;
      if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    }
    document.title = page.title;
    if (last && page.say !== last) say.textContent = page.say;
    last = page.say;
    done = page.done;
    live.dataset.done = done ? "1" : "0";
    if (done) { stop(); }
  }

  function tell() {
    var ms = Date.now() - heard, away = !done && (broken ? ms > 2000 : ms > LOST_AFTER);
    if (!away) { lost.hidden = true; told.textContent = ""; return; }
    var seconds = Math.round(ms / 1000), minutes = Math.floor(seconds / 60);
    if (lost.hidden) { lost.hidden = false; told.textContent = told.dataset.told; }
    age.textContent = minutes ? lost.dataset.minutes.replace("{n}", minutes) : lost.dataset.seconds.replace("{n}", seconds);
  }

  function stop() {
    clearTimeout(timer);
    if (source) { source.close(); source = null; }
  }

  function ask() {
    return fetch(base + "/now", { cache: "no-store", credentials: "omit" })
      .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
      .then(function (page) { show(page); fresh(); })
      .catch(function () { broken = true; tell(); });
  }

  function again() {
    stop();
    if (done || document.hidden) return;
    tries += 1;
    ask();
    var most = Math.min(SLOWEST, 500 * Math.pow(2, Math.min(tries, 6)));
    timer = setTimeout(connect, most / 2 + Math.random() * most / 2);
  }

  function poll() { if (!done && !document.hidden) ask(); timer = setTimeout(poll, POLL); }

  function connect() {
    stop();
    if (done || document.hidden) return;
    if (!window.EventSource) { poll(); return; }
    source = new EventSource(base + "/events");
    source.addEventListener("page", function (event) { tries = 0; show(JSON.parse(event.data)); fresh(); });
    source.addEventListener("beat", fresh);
    source.addEventListener("bye", again);
    source.onerror = function () { again(); };
  }

  document.addEventListener("visibilitychange", function () { if (document.hidden) stop(); else { tell(); connect(); } });
  window.addEventListener("online", connect);
  window.addEventListener("offline", function () { broken = true; tell(); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) connect(); });
  setInterval(function () { tell(); if (source && Date.now() - heard > LOST_AFTER) { broken = true; again(); } }, 1000);
  if (location.hash === "#receipt" && document.getElementById("receipt")) document.getElementById("receipt").open = true;
  connect();
})();
