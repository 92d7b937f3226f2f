"""Mail: an outbox in the control plane, emptied by a job over SMTP; on a laptop the outbox itself is the
mailbox.
"""
