# Two restarts between six minutes before and one minute after give one call.
servers: ngircd inspircd demo
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: schedule.chair = "gwd"

the clock says 2018-11-13 14:53:58
gwd joins
the bot is killed
the bot starts
  beadle leaves
  beadle joins
the clock says 2018-11-13 14:54:58
  beadle: Virt SIG meeting here in 5 minutes (15:00 UTC, W46, 60 min).  Taking part?  Say o/ now.
wait 1 seconds
the bot is killed
the bot starts
  beadle leaves
  beadle joins
wait 7 seconds
the clock says 2018-11-13 15:00:58
wait 6 seconds
gwd: #startmeeting
  beadle: Meeting started Tue Nov 13 15:01… The chair is gwd. …
  …
  topic: (Meeting topic: Virt SIG)
gwd: #endmeeting
  beadle: Meeting ended …
  beadle: Minutes: …  Next: Tue 2018-11-27 15:00 UTC (W48).
  topic: …
