# Values of these types, for what a plan makes of the expressions.
s = "1"
b = true
n = 1
l = ["1"]
ln = [1]
t = ["1"]
m = { a = "1", x = "1" }
o = { a = "1", n = 1, l = [{ q = 1 }], c = { x = { y = 1 } } }
u = ["1", 1, ["1"]]
x = [{ y = { z = 1 } }]
la = [{ x = 1 }]
ma = { a = { b = { c = 1 } } }
mo = { a = { z = "1" }, y = { z = "1" }, "1" = { z = "1" } }
to = [{ z = "1" }]
mm = { a = { b = "1" } }
