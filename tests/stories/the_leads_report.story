# The lead's quarter: a meeting held, one that nobody started, and the report that counts them.
servers: ngircd
set: schedule.frequency = "biweekly-even"
set: schedule.day = "Tuesday"
set: schedule.time = "15:00"
set: schedule.start_date = "2018-11-01"

the clock says 2018-11-13 15:00:20
gwd joins
sbonazzo joins
  …
gwd: #startmeeting
  …
  topic: …
sbonazzo: o/
gwd: #action sbonazzo pushes libvirt 4.9.0 by 2018-11-20
gwd: #action gwd asks KB
gwd: #agreed Keep one Xen version per release
gwd: #notice Xen 4.10 packages are being built
gwd: #board We need POWER builders
gwd: #done 2
the clock says 2018-11-13 15:48:00
gwd: #endmeeting
  topic: …

the clock says 2018-11-19 10:00:00
gwd to beadle: roster add tomo Tomo Example
  gwd is told: tomo is a member since 2018-11-19.
sbonazzo to beadle: roster remove gwd
  sbonazzo is told: Only the lead may do that: gwd.

the clock says 2018-11-27 14:55:00
  beadle: Virt SIG meeting here in 5 minutes …
wait 1 seconds
the clock says 2018-11-27 15:15:00
  beadle: No meeting was started; next: Tue 2018-12-11 15:00 UTC (W50).
wait 1 seconds

the clock says 2018-11-30 09:00:00
the operator runs: report draft
  prints:
    …2018…
    …tomo…
    …1 of 2…
    …Keep one Xen version per release…
    …POWER builders…
the operator runs: report draft --format json
  prints:
    {"quarter":"2018Q4",…"date":"2018-11-27","state":"not_held"…
