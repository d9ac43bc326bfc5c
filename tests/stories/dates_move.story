# Dates are added, skipped and held after all, in a meeting and without one; by the group's people.
servers: ngircd inspircd demo
set: schedule = [{ name = "Virt SIG", frequency = "adhoc", extra = [{ start = "{today+7} 15:00", reason = "as planned" }] }]

gwd joins
mira joins without an account

mira: #nextmeeting
  beadle: …{today+7} 15:00 UTC (W…), in … days (extra: as planned)
gwd: #skip {today+7} travelling
  beadle: Skipped: … {today+7} 15:00 UTC (W…) (travelling). Next: none.
gwd: #nextmeeting {today+8} 15:00
  beadle: Extra meeting: … {today+8} 15:00 UTC (W…) (set by gwd). Next: … {today+8} 15:00 UTC (W…).
mira: #skip {today+8} I say so
  mira is told: Only people of the group's roster may do that; ask gwd.
gwd: #skip tomorrow travelling
  gwd is told: #skip: "tomorrow" is not a date; write it as 2018-12-25.  Who can help: gwd.
gwd: #skip {today+9} travelling
  gwd is told: #skip: there is no meeting on {today+9}; the nearest is {today+8}.  Who can help: gwd.
gwd: #extra {today+8} 15:30 twice
  gwd is told: #extra: Virt SIG is held in #centos-devel then, 15:00 to 16:00 UTC.  Who can help: gwd.

gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
  topic: …
mira: #skip {today+8} I say so
  mira is told: #skip: only people of the group's roster may do that.  Ask a chair: gwd.
gwd: #skip {today+8} nobody is there
  beadle: Skipped: … {today+8} 15:00 UTC (W…) (nobody is there). Next: none.
gwd: #extra {today+14} 16:00 instead
  beadle: Extra meeting: … {today+14} 16:00 UTC (W…) (instead). Next: … {today+14} 16:00 UTC (W…).
gwd: #unskip {today+7}
  beadle: … {today+7} 15:00 UTC (W…) is held after all. Next: … {today+7} 15:00 UTC (W…).
the bot is killed
the bot starts
  beadle joins
  beadle: Back.  Not heard …
gwd: #action gwd writes it down by next meeting
  beadle: [1] gwd: writes it down (due {today+7})
gwd: #endmeeting
  beadle: Meeting ended …
  beadle: Minutes: …/m/…  Log: …/log  Next: … {today+7} 15:00 UTC (W…) (extra: as planned).
  …
  minutes txt:
    Dates
    …nobody is there…
    Next meeting
    …{today+7} 15:00 UTC (W…)…
