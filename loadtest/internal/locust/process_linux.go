package locust

import "syscall"

// endWithUs has the kernel end the program with this one, however that ends: the framework kills it without a warning.
func endWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
