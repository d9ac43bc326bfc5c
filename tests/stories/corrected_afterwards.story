# Minutes are corrected and redacted after the end; notices and actions follow, the log does not lie.
servers: ngircd

gwd joins
mira joins

gwd: #startmeeting Virt SIG
  …
  topic: (Meeting topic: Virt SIG)
mira: o/
gwd: #eol xen 4.6 2018-11-13
  beadle: xen 4.6: end of security support 2018-11-13 recorded.
gwd: #eol xen 4.8 soon
  gwd is told: #eol: "soon" is not a date; write it as 2018-11-13
gwd: #action mira reads the manual
  beadle: [1] mira: reads the manual
gwd: #info the door code is 4711
gwd: #endmeeting
  beadle: Meeting ended … 1 notice, 1 new action.
  …
  topic: …

the operator runs: minutes edit latest l-99 x
  prints:
    beadle: line l-99 made no item of these minutes; the lines that did: l-5, l-8, l-10
the operator runs: minutes edit latest l-5 "Xen 4.6 was the last one" --as gwd
  prints:
    The minutes of … are at revision 2.
the operator runs: minutes edit latest l-8 "gwd reads the manual by 2030-01-02"
  prints:
    The minutes of … are at revision 3.
  minutes txt:
    …Xen 4.6 was the last one…
    …gwd reads the manual…
    …Corrections…
    …gwd…l-5…
  minutes log.txt:
    … <gwd> #eol xen 4.6 2018-11-13
    … -!- gwd corrected l-5 on … UTC: Xen 4.6 was the last one
the operator runs: minutes redact latest l-10
  prints:
    Line l-10 of … is redacted. What was mailed before cannot be called back.
  minutes log.txt:
    … <gwd> #info [redacted]
    not: …4711…
  minutes json:
    not: …4711…
