# Nobody starts the meeting: one line, and it is kept as not held.
servers: ngircd
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: schedule.chair = "gwd"

the clock says 2018-11-13 14:56:00
gwd joins
  beadle: Virt SIG meeting here in 4 minutes (15:00 UTC, W46, 60 min).  Taking part?  Say o/ now.
the clock says 2018-11-13 15:14:58
  beadle: No meeting was started; next: Tue 2018-11-27 15:00 UTC (W48).
wait 1 seconds
the bot is killed
the bot starts
  beadle leaves
  beadle joins
wait 6 seconds
