import nodemailer from 'nodemailer'

const transporter = nodemailer.createTransport({ host: '127.0.0.1', port: Number(process.argv[2]) })
await transporter.sendMail({
  from: 'soc@example.com',
  to: 'ciso@example.com',
  subject: 'All quiet',
  text: 'Nothing happened tonight.',
})
