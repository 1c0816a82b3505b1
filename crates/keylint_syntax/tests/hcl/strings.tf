plain    = "text"
empty    = ""
escapes  = "tab\there\nnew \"quoted\" \\ \u00e9 \U0001F600"
dollars  = "$ $5 $$ % 100% $${not} %%{not} ${yes}"
wrapped  = "${var.x}"
nested   = "a ${b("c ${d} e")} f"
strip    = "a  ${~ b ~}  c"
directive = "x %{ if a }yes \"q\"%{ else }no%{ endif } y"
loop     = "%{ for k, v in m ~} ${k}=${v} %{ endfor }"

heredoc = <<EOT
  kept
line ${interpolated} end
$${literal} "quotes" \n no escape
EOT

indented = <<-EOT
    four
      six ${x}

    $5
    EOT

not_removed = <<-EOT
    four
${x} none
    EOT

loop_lines = <<-EOT
  %{ for ip in ips ~}
  server ${ip}
  %{ endfor ~}
  end
  EOT

in_function = f(<<A
one
A
, <<B
${<<C
two
C
}
B
)
false_end = <<EOT
EOT follows
  EOT) no
	EOT
