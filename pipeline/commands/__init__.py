"""What a task of tasks.py does, one file each."""
