"""What a step costs as everything grows: histories, open workflows, closed ones, queues."""
