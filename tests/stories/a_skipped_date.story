# A date that is skipped is not called; the next one is named.
servers: ngircd
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: schedule.chair = "gwd"

the clock says 2018-12-11 15:40:00
gwd joins
gwd: #skip 2018-12-25 Christmas
  beadle: Skipped: Tue 2018-12-25 …
the clock says 2018-12-25 14:55:10
wait 6 seconds
the clock says 2018-12-25 15:15:10
wait 6 seconds
gwd: beadle: when
  beadle: Not today (skipped: Christmas). Next: Tue 2019-01-08 15:00 UTC (W02) …
