"""What citizens sent, shown without harm: files, pictures, and mails as they were formatted."""
